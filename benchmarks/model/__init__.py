"""Both designs on AWS, computed and simulated: rows of figures, no plots.

`simulation` gives the latency under a rate, `contention` that of requests that reach one order
together, `cost` the bill, and `limits` the rates at which documented limits are reached. The data
are in the TOML files (`data`, `steps`, `cost`); `paths`, `lanes`, `environments` and `footprint`
describe the designs. `assumptions.from_measurements` replaces assumptions by measurements.

Rows are ordered by design, then by clients, then by rate. Rates are actions per second of the whole
service, times are in ms, and money is in US dollars of us-east-1 without free tiers. No figure
includes the network between the client and the region. The same seed gives the same numbers.
"""
