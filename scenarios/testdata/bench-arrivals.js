// A typed operation at a thousand arrivals a second, times the scale.
import odoo from 'k6/x/odoo';

const trial = odoo.trial();

export const options = {
  scenarios: { t1_read: { executor: 'open-arrival', rate: 1000 * trial.scale, duration: `${trial.duration}s`, preAllocatedVUs: 100, maxVUs: 400 } },
  noCookiesReset: true,
};

const products = [17, 18, 19, 20, 21];

export default function () {
  if (odoo.stock(products) !== 8) throw new Error('rows');
}
