// The last piece: CROWD=4 customers order the same product at the same moment, and one
// piece of it is in stock. Each round of two seconds has a product of its own, tracked by
// serial number (TRACKING=none: not tracked).
//
//   stocking   |                         the products of all rounds, one piece each
//   rush            |  |  |  |  |  |     order, confirm
//   0              6 s
//
// With SHIP=1 each customer whose order got a reservation also gets the shipment.
import odoo from 'k6/x/odoo';
import exec from 'k6/execution';

const trial = odoo.trial({ duration: 24 });
const crowd = Number(__ENV.CROWD || 4);
const tracking = __ENV.TRACKING || 'serial';
const ship = __ENV.SHIP === '1';
const first = 6;
const rounds = Math.max(1, Math.floor((trial.duration - first) / 2));

const times = [];
for (let round = 0; round < rounds; round++) {
  for (let customer = 0; customer < crowd; customer++) times.push(first + 2 * round);
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, list, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '20s', times: list, tags: { tenant: tenant.name, journey },
    };
  };
  add('stocking', [0], 1);
  add('rush', times, 4 * crowd);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: { odoo: { landmarks: { rush: first }, seed: { products: 1, partners: 8 } } },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

const code = (round) => `${trial.ref}-LAST${round}`;

// One product of each round, one piece of it in the stock of the first warehouse.
export function stocking() {
  const products = [];
  for (let round = 0; round < rounds; round++) {
    products.push({ name: `Last piece ${round}`, default_code: code(round), type: 'consu', is_storable: true, tracking, list_price: 25 });
  }
  const warehouse = odoo.call('stock.warehouse', 'search_read', { args: { domain: [], fields: ['lot_stock_id'], limit: 1 }, step: 'stocking' });
  const location = warehouse.get('0.lot_stock_id.0');
  const ids = odoo.call('product.product', 'create', { args: { vals_list: products }, step: 'stocking' }).json();
  let lots = [];
  if (tracking === 'serial') {
    lots = odoo.call('stock.lot', 'create', {
      args: { vals_list: ids.map((id, round) => ({ name: `${code(round)}-1`, product_id: id })) }, step: 'stocking',
    }).json();
  }
  const quants = odoo.call('stock.quant', 'create', {
    args: {
      vals_list: ids.map((id, round) => ({ product_id: id, location_id: location, lot_id: lots[round] || false, inventory_quantity: 1 })),
    },
    context: { inventory_mode: true }, step: 'stocking',
  }).json();
  odoo.call('stock.quant', 'action_apply_inventory', { ids: quants, step: 'stocking' });
}

export function rush() {
  const round = Math.floor(exec.scenario.iterationInTest / crowd);
  const found = odoo.call('product.product', 'search', { args: { domain: [['default_code', '=', code(round)]] }, step: 'find' });
  if (!found.ok || found.count() !== 1) return;
  const order = odoo.order({ lines: [{ product: found.get('0'), quantity: 1 }] });
  if (!order || !odoo.confirm(order) || !ship) return;
  for (const picking of odoo.pickings(order)) {
    if (picking.lines.length > 0) odoo.ship(picking);
  }
}
