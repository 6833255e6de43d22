"""Report of the raw samples: Markdown and plots, made only from the files of a results directory.

The same samples always give the same bytes: no clock, and no random number without a seed.
`document` fills the ``templates`` with the figures of a module for each topic.
"""
