/** Handlers say here that they can't be dry-run: that what they do can't be undone, or not be kept from happening. */
import type { HttpHandler } from './http-route.js';

const reasons = new WeakMap<HttpHandler, string>();

/** @param why for operators, who see it at the route's row */
export function notDryRunnable(why: string, handler: HttpHandler): HttpHandler {
  reasons.set(handler, why);
  return handler;
}

export function whyNotDryRunnable(handler: HttpHandler): string | undefined {
  return reasons.get(handler);
}
