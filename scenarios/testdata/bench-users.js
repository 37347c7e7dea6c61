// Virtual users that have made a call and wait.
import odoo from 'k6/x/odoo';
import { sleep } from 'k6';

export const options = {
  scenarios: { t1_read: { executor: 'per-vu-iterations', vus: Number(__ENV.USERS), iterations: 1, maxDuration: '30s' } },
  noCookiesReset: true,
};

export default function () {
  if (odoo.stock([17, 18, 19, 20, 21]) !== 8) throw new Error('rows');
  sleep(3);
}
