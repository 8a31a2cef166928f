import type { HttpFilter, HttpFilterFactory } from '../../filters/http/filter.ts';
import { FilterSeat, type SeatHost } from './filter-seat.ts';

/** The filters that work on a stream, in the order of the configuration; undefined without any. */
export function seatFilters(stream: SeatHost, factories: readonly HttpFilterFactory[]): HttpFilter[] | undefined {
  let filters: HttpFilter[] | undefined;
  for (const factory of factories) {
    if (!stream.route.isEnabled(factory)) continue;
    const seat = new FilterSeat(stream, factory.name);
    const filter = factory.create(seat);
    if (filter === undefined) continue;
    seat.filter = filter;
    filters ??= [];
    filters.push(filter);
  }
  return filters;
}
