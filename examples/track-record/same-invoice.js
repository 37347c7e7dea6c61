// The same invoice: CROWD=2 clerks register the payment of one invoice at the same moment.
// Each round of two seconds has another invoice.
//
//   paying   || || || ||     find the invoice, register its payment
import odoo from 'k6/x/odoo';
import exec from 'k6/execution';

const trial = odoo.trial({ duration: 24 });
const crowd = Number(__ENV.CROWD || 2);
const rounds = Math.max(1, Math.floor((trial.duration - 2) / 2));

const times = [];
for (let round = 0; round < rounds; round++) {
  for (let clerk = 0; clerk < crowd; clerk++) times.push(1 + 2 * round);
}

const scenarios = {};
for (const tenant of trial.tenants) {
  scenarios[`${tenant.name}_paying`] = {
    executor: 'open-arrival', exec: 'paying', maxVUs: 4 * crowd, gracefulStop: '20s', times,
    tags: { tenant: tenant.name, journey: 'paying' },
  };
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: { odoo: { landmarks: { middle: trial.duration / 2 }, seed: { products: 20, partners: 5, posted: rounds } } },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function paying() {
  const round = Math.floor(exec.scenario.iterationInTest / crowd);
  const found = odoo.call('account.move', 'search_read', {
    args: { domain: [['move_type', '=', 'out_invoice'], ['ref', 'like', trial.ref]], fields: ['ref'], order: 'id', offset: round, limit: 1 },
    step: 'find',
  });
  if (found.ok && found.count() === 1) odoo.pay({ id: found.get('0.id'), ref: found.get('0.ref') });
}
