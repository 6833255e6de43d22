"""Raw samples to a report: Markdown and plots, from nothing but the files of a results directory.

The same samples give the same bytes: no clock, no random number without a seed.

=====================  ==========================================================================
`results`              all that one results directory holds
`statistics`           medians, percentiles, ratios of interleaved rounds with their spread
`latency`, `growth`    which samples of them belong together
`packages`             what imports cost, by the package they belong to
`measured`             what the budgets are about, taken from the samples
`modelled`             the figures of `benchmarks.model`, on what was measured
`budgets`              the design's budgets: limit, measured value, met or missed
`tables`               a table, as Markdown and as plain text; ``tables_*``: those of the report
`plots`                one look, and the file they are saved to; ``plots_*``: the plots
`readings`             sentences whose numbers are computed; ``readings_*``: more of them
`method`               what is said of the method, and of what it cannot show
`sections`             reading, plot and tables, put together
`rendering`            the report as Markdown
`document`             writes the report, and the README's fragment
`command`              ``python -m benchmarks report``
`wording`              numbers and names as a reader reads them
=====================  ==========================================================================
"""
