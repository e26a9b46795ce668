"""What assay serves over HTTP; needs `pip install 'assay-llm[serve]'`.

receiver        takes spans and log records of exporters of OpenTelemetry
app             all routes together, with health and figures for Prometheus
doors, tokens   who may come in: tokens, hosts, sizes
worker          judges what came, in a process of its own; learning notes how far the reference is
page            what people see; entrance lets them in, shown says what it needs,
                figure_rows, evidence_rows, tree, sparkline and words make it readable
"""
