"""The value stream: work, waiting, quality and queues from step to step."""
