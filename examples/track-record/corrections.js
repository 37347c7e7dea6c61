// Corrections at month end: clerks post invoices, and one of them posts a wrong invoice,
// resets it to draft and deletes it, as Odoo permits for the last number of a journal.
//
//   posting      3 at the same moment, every two seconds: create, post
//   correcting   1 at the same moment: create, post, reset to draft, delete
//
// The invoices are not in the journal of writes, because one that was deleted on purpose
// is not lost.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 24 });
const clerks = Number(__ENV.CLERKS || 3);
const rounds = Math.max(1, Math.floor((trial.duration - 2) / 2));

const once = [];
const posts = [];
for (let round = 0; round < rounds; round++) {
  once.push(2 * round);
  for (let clerk = 0; clerk < clerks; clerk++) posts.push(2 * round);
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, times, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '20s', times, tags: { tenant: tenant.name, journey },
    };
  };
  add('posting', posts, 4 * clerks);
  add('correcting', once, 4);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: { odoo: { landmarks: { middle: trial.duration / 2 }, seed: { products: 2, partners: 4 } } },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// posted is the id of a new posted invoice, 0 when it was not posted.
function posted() {
  const created = odoo.call('account.move', 'create', {
    args: {
      vals_list: [{
        move_type: 'out_invoice', partner_id: odoo.pick('partners').id,
        invoice_line_ids: [[0, 0, { product_id: odoo.pick('products').id, quantity: 1, price_unit: 10 }]],
      }],
    },
    step: 'create',
  });
  if (!created.ok) return 0;
  const id = created.get('0');
  return odoo.call('account.move', 'action_post', { ids: [id], step: 'post' }).ok ? id : 0;
}

export function posting() {
  posted();
}

export function correcting() {
  const id = posted();
  if (!id || !odoo.call('account.move', 'button_draft', { ids: [id], step: 'reset' }).ok) return;
  odoo.call('account.move', 'unlink', { ids: [id], step: 'delete' });
}
