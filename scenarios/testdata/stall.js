// A steady beat of single calls, and beside it a tenant that is never stalled.
import odoo from 'k6/x/odoo';

const trial = odoo.trial();
const scenarios = {};
for (const tenant of trial.tenants) {
  scenarios[`${tenant.name}_orders`] = {
    executor: 'open-arrival', arrivals: 'even', rate: 50 * trial.scale, duration: `${trial.duration}s`, maxVUs: 8 * trial.scale, gracefulStop: '10s',
  };
}
export const options = { scenarios };

export default function () {
  odoo.call('res.partner', 'search_read', { args: { domain: [], fields: ['name'] }, step: 'look' });
}
