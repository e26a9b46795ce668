"""What assay serves over HTTP; needs `pip install 'assay-llm[serve]'`.

receiver        takes spans and log records of exporters of OpenTelemetry
doors           who may come in: tokens, hosts, sizes
"""
