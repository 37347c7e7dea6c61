// One of k6's own executors beside one of ours.
import http from 'k6/http';
import odoo from 'k6/x/odoo';

export const options = {
  scenarios: {
    main_shop: { executor: 'per-vu-iterations', vus: 1, iterations: 3, exec: 'shop' },
    main_orders: { executor: 'open-arrival', arrivals: 'even', rate: 10, duration: '1s', startTime: '1s', exec: 'orders' },
  },
};

// No load.
export function setup() {
  http.get(`${__ENV.TARGET}/setup`);
  odoo.call('res.partner', 'search_read', { args: { domain: [], fields: ['name'] }, step: '/setup' });
}

export function shop() {
  http.post(`${__ENV.TARGET}/web/webclient/version_info`, '{}', { tags: { name: 'version' } });
}

export function orders() {
  odoo.call('res.partner', 'search_read', { args: { domain: [], fields: ['name'] }, step: 'look' });
}
