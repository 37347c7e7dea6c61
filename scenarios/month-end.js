// Month end: accounting closes the month while the warehouse works on.
//
// Orders are invoiced and posted in batches at even distances, which serialises on the journal's
// numbers; payments are entered; reports read large sets in groups. Landmarks
// "batch-start" and "batch-end" bound the batches; before and after them the
// ordinary use runs alone.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const start = 0.1 * trial.duration;
const end = 0.9 * trial.duration;
const batch = Number(__ENV.BATCH || 8); // orders a batch
const base = trial.scale;

// during is a rate between the two landmarks.
function during(rate, arrivals = 'poisson') {
  return {
    arrivals,
    rate: 0,
    stages: [
      { duration: `${start}s`, target: 0 },
      { duration: '0s', target: rate },
      { duration: `${end - start}s`, target: rate },
    ],
  };
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, exec, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  const rate = base * tenant.load;
  add('invoicing', 'invoicing', during(0.03 * rate, 'even'), 8);
  add('payments', 'payments', during(0.06 * rate), 8);
  add('reports', 'reports', during(0.1 * rate), 8);
  add('enquiries', 'enquiries', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 8);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { 'batch-start': start, 'batch-end': end },
      seed: {
        products: 20, partners: 5,
        invoiceable: { perArrival: { invoicing: batch }, spare: batch },
        posted: { perArrival: { payments: 1 }, spare: 2 },
      },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function invoicing() {
  const orders = odoo.takeMany('invoiceable', batch);
  if (!orders) return;
  const invoices = odoo.invoice(orders);
  if (invoices) odoo.post(invoices);
}

export function payments() {
  const invoice = odoo.take('posted');
  if (invoice) odoo.pay(invoice);
}

const reportNames = ['sales', 'moves', 'ledger', 'invoices'];

export function reports() {
  odoo.report(reportNames[odoo.random(reportNames.length)]);
}

export function enquiries() {
  odoo.stock();
}
