// Promotional surge: a campaign starts at a second. Shops and marketplaces send a flash
// crowd of orders for one hot product, until it is sold out. What is ordered later waits.
//
//   rate        |\
//               | \__            rush: PEAK=8 times the usual orders at the start, falling
//   ____________|    \________   to twice as many
//         0  campaign-start  sold-out
//
// Carts are small, one order of the rush in ten is cancelled, and one shipment in ten leaves
// in two parts. Customers look at the stock before they buy. The rush locks the stock of one
// product: Odoo then repeats transactions, and its workers wait.
//
// SHARE=0.7 of the rush is what the stock lasts for. The landmark "sold-out" is where that
// share of the orders is expected.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const start = 0.3 * trial.duration;
const length = 0.5 * trial.duration; // of the rush
const peak = Number(__ENV.PEAK || 8);
const share = Number(__ENV.SHARE || 0.7);
const base = trial.scale;

// The rush falls in a straight line from peak to 2. Its integral until t is
// peak t - (peak - 2) t^2 / (2 length); sold is where that is the share of the whole.
const fall = (peak - 2) / (2 * length);
const pieces = share * (peak + 2) / 2 * length;
const sold = fall > 0 ? (peak - Math.sqrt(peak * peak - 4 * fall * pieces)) / (2 * fall) : share * length;

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  const surge = (usual) => ({
    startTime: `${start}s`, rate: peak * usual, stages: [{ duration: `${length}s`, target: 2 * usual }],
  });
  add('rush', surge(0.1 * rate), 48);
  add('looking', surge(0.2 * rate), 32);
  add('orders', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 16);
  add('shipping', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 24);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { 'campaign-start': start, 'sold-out': start + sold },
      seed: {
        products: 20, partners: 10,
        scarce: { perArrival: { rush: share } },
        shipments: { perArrival: { shipping: 1 }, spare: 3 },
      },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// Every cart of the rush has one piece of the hot product, and up to two others.
export function rush() {
  const lines = [{ product: odoo.pick('scarce').id, quantity: 1 }];
  for (let more = odoo.random(3); more > 0; more--) lines.push({ product: odoo.pick('products').id, quantity: 1 });
  const order = odoo.order({ lines });
  if (!order || !odoo.confirm(order)) return;
  if (odoo.random() < 0.1) odoo.cancel(order);
}

export function looking() {
  odoo.stock([odoo.pick('scarce').id]);
}

export function orders() {
  const order = odoo.order({ lines: 2 });
  if (order) odoo.confirm(order);
}

// One shipment in ten leaves with a part of the goods. The rest stays in a backorder.
export function shipping() {
  const picking = odoo.take('shipments');
  if (!picking || !odoo.reserve(picking)) return;
  if (odoo.random() < 0.1) {
    if (odoo.scan({ id: picking.id, ref: picking.ref, lines: picking.lines.slice(0, 1) })) odoo.shipPartial(picking);
  } else if (odoo.scan(picking)) {
    odoo.ship(picking);
  }
}
