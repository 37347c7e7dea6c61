// Every operation once, with what it must come to. A wrong one throws. Used by
// TestEveryOperation… of e2e, where labs are.
import odoo from 'k6/x/odoo';

const trial = odoo.trial();
const scenarios = {};
for (const tenant of trial.tenants) {
  scenarios[`${tenant.name}_all`] = { executor: 'open-arrival', arrivals: 'even', rate: 1, duration: '2s', maxVUs: 2, gracefulStop: '120s' };
}
export const options = {
  scenarios,
  ext: { odoo: { landmarks: { half: 1 }, seed: { products: 5, partners: 3, shipments: { perArrival: { all: 3 } }, orders: 2, posted: 2, tracked: 4, shelves: 1 } } },
};

function must(what, holds) {
  if (!holds) throw new Error(`${what} did not come to what it should`);
}

export default function () {
  const seeded = odoo.take('shipments');
  must('seeded picking', seeded.id > 0 && seeded.order > 0 && seeded.lines.length === 2);
  must('reserve', odoo.reserve(seeded));
  must('scan', odoo.scan(seeded));
  must('pack', odoo.pack(seeded));
  must('ship', odoo.ship(seeded));
  const wave = odoo.takeMany('shipments', 2);
  must('scan of a wave', wave.length === 2 && wave.every((picking) => odoo.scan(picking)));
  must('wave', odoo.batchTransfer(wave));
  must('track', odoo.track(seeded) === 1);

  const order = odoo.order({ lines: [{ product: odoo.pick('products').id, quantity: 4 }] });
  must('order', order && order.ref.startsWith(trial.ref));
  must('confirm', odoo.confirm(order));
  const picking = odoo.pickings(order)[0];
  must('partial scan', odoo.scan(picking, 1));
  must('partial shipment', odoo.shipPartial(picking));
  must('backorder', odoo.pickings(order).length === 2);

  must('return', odoo.returnGoods(seeded));
  const given = odoo.order({ lines: 1 });
  must('confirm before cancel', odoo.confirm(given));
  must('cancel', odoo.cancel(given));
  must('receive', odoo.receive(2));
  const goods = odoo.receiveTracked(4);
  must('receive lots', goods && goods.id > 0);
  must('putaway', odoo.putAway(goods));
  must('inventory', odoo.inventory(odoo.pick('products'), 900000));
  const empty = odoo.product();
  must('product', empty && empty.id > 0 && empty.ref.startsWith(trial.ref));
  const invoices = odoo.invoice([odoo.take('orders'), order]);
  must('invoice', invoices && invoices.length === 2 && invoices.some((i) => i.ref === order.ref));
  must('post', odoo.post(invoices));
  must('pay', odoo.pay(invoices[0]));
  must('pay posted', odoo.pay(odoo.take('posted')));

  must('import of products', odoo.importProducts(3).length === 3);
  must('import of a file', odoo.importFile(3).length === 3);
  must('import of orders', odoo.importOrders(2).length === 2);
  for (const name of ['sales', 'moves', 'ledger', 'invoices']) must(`report ${name}`, odoo.report(name) > 0);
  must('stock', odoo.stock() > 0);
  const partners = odoo.call('res.partner', 'search_read', { args: { domain: [['id', '>', 0]], fields: ['name'], limit: 2 } });
  must('call', partners.ok && partners.count() === 2 && partners.get('0.name') && partners.json()[1].id > 0);
  must('login', odoo.login());
  must('views', odoo.views('stock.picking'));
  must('list', odoo.openList('sale.order', [['client_order_ref', '=', order.ref]]) === 1);
  must('form', odoo.openForm('sale.order', order));
  must('form by id', odoo.openForm('stock.picking', picking.id));
  must('names', odoo.searchName('product.product', `${trial.ref}`) > 0);
  must('message', odoo.message('sale.order', order, 'delivered to the neighbour'));
  must('attachment', odoo.attach('stock.picking', picking, 3000));
  odoo.think(0.1);
}
