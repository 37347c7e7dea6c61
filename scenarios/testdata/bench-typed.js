// A typed operation of k6/x/odoo: the same answer, the request built in Go.
import odoo from 'k6/x/odoo';

export const options = { scenarios: { t1_read: { executor: 'constant-vus', vus: 20, duration: '6s', gracefulStop: '1s' } }, noCookiesReset: true };

const products = [17, 18, 19, 20, 21];

export default function () {
  if (odoo.stock(products) !== 8) throw new Error('rows');
}
