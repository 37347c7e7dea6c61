// Web client: what people's browsers send. A wave of log-ins in the morning, then lists,
// forms, completed names, notes, and customers who follow a parcel.
//
//   rate    /\
//          /  \_______________   log-ins: most in the first fifth, a few later
//          |  _________________  all other journeys
//         0  started          100 %
//
// Each log-in opens a session of its own and costs Odoo half a second of CPU: the wave is
// the load of the first minutes of a shift. The landmark "started" is its end.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const wave = 0.2 * trial.duration;
const base = trial.scale;

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '10s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  const flat = (r) => ({ rate: r * rate, duration: `${trial.duration}s` });
  add('logins', {
    rate: 0,
    stages: [
      { duration: `${wave / 2}s`, target: 0.4 * rate },
      { duration: `${wave / 2}s`, target: 0.04 * rate },
      { duration: `${trial.duration - wave}s`, target: 0.04 * rate },
    ],
  }, 16);
  add('browsing', flat(0.4), 24);
  add('asking', flat(0.1), 8);
  add('following', flat(0.3), 16);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { started: wave },
      seed: { products: 40, partners: 10, shipments: 20 },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// A person starts work: the log-in, the menu that is opened first, its list.
export function logins() {
  if (odoo.login() && odoo.views('stock.picking')) odoo.openList('stock.picking', [['state', '=', 'assigned']]);
}

const menus = ['sale.order', 'stock.picking', 'product.product', 'account.move'];

// A list, a pause to read it, one of its records.
export function browsing() {
  if (odoo.openList(menus[odoo.random(menus.length)]) < 0) return;
  odoo.think(0.5 + odoo.random());
  const picking = odoo.pick('shipments');
  if (odoo.random() < 0.5) odoo.openForm('stock.picking', picking);
  else odoo.openForm('sale.order', picking.order);
}

// A colleague looks a product up while typing, and leaves a note on the order.
export function asking() {
  const product = odoo.pick('products');
  if (odoo.searchName('product.product', product.ref.slice(0, -1)) < 0) return;
  if (odoo.searchName('product.product', product.ref) < 0) return;
  odoo.stock([product.id]);
  odoo.message('sale.order', odoo.pick('shipments').order, 'The customer asks where the goods are.');
}

export function following() {
  odoo.track(odoo.pick('shipments'));
}
