// Noisy neighbour: one tenant becomes disruptive. It imports in bulk in several sessions at
// once, runs one report after the other, and its integration floods the API with orders.
//
//   rate   ____________
//         |            |   from its first moment to its last
//
// IMPORTERS sessions import at once, 4 by default: they can hold every worker of a pool of
// that size. Few virtual users and a short queue keep the disturbance within its window.
// Arrivals that find the queue full are dropped.
//
// Run it with the disruptive tenants while another scenario serves the abiding ones.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const rows = Number(__ENV.ROWS || 100); // of one import
const importers = Number(__ENV.IMPORTERS || 4); // sessions that import at once

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, exec, rate, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec, maxVUs: vus, maxQueue: vus, gracefulStop: '3s', tags: { tenant: tenant.name, journey },
      rate: rate * trial.scale * tenant.load, duration: `${trial.duration}s`,
    };
  };
  add('imports', 'imports', 0.5, importers);
  add('reportstorm', 'reportStorm', 1.0, 2);
  add('integration', 'integration', 0.5, 2);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      seed: { products: 20, partners: 5 },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function imports() {
  odoo.importProducts(rows);
}

const reportNames = ['sales', 'moves', 'ledger', 'invoices'];

export function reportStorm() {
  for (const name of reportNames) odoo.report(name);
}

export function integration() {
  const order = odoo.order({ lines: 5 });
  if (order) odoo.confirm(order);
}
