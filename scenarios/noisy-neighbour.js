// Noisy neighbour: one tenant becomes disruptive. It imports in bulk, runs one report after
// the other, and its integration floods the API with orders. Each load has three steps of
// rising rate.
//
//   rate            ______
//            ______|  3   |
//     ______|  2          |
//    |  1                 |
//
// Few virtual users and a short queue keep the disturbance within its window. Arrivals that
// find the queue full are dropped.
//
// Run it with the disruptive tenants while another scenario serves the abiding ones.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const step = trial.duration / 3;
const rows = Number(__ENV.ROWS || 100); // of one import

// steps is a rate in three steps up to its height.
function steps(height) {
  return {
    rate: height / 3,
    stages: [
      { duration: `${step}s`, target: height / 3 },
      { duration: '0s', target: (2 * height) / 3 },
      { duration: `${step}s`, target: (2 * height) / 3 },
      { duration: '0s', target: height },
      { duration: `${step}s`, target: height },
    ],
  };
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, exec, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec, maxVUs: vus, maxQueue: 20, gracefulStop: '3s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  const rate = trial.scale * tenant.load;
  add('imports', 'imports', steps(0.5 * rate), 2);
  add('reportstorm', 'reportStorm', steps(1.0 * rate), 2);
  add('integration', 'integration', steps(0.5 * rate), 2);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { 'step-2': step, 'step-3': 2 * step },
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
