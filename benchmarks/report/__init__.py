"""Report of the raw samples: Markdown and plots, made only from the files of a results directory.

The same samples always give the same bytes: no clock, and no random number without a seed.

A module for each topic (`latency`, `timeline`, `growth`, `processes`, `capacity`, `budgets`,
`simulated`, `cost`) takes figures from the samples (`results`, `statistics`) and draws the plot
(`drawing`). `document` fills the ``templates`` with the figures, which `wording` formats.
"""
