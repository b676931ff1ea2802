"""What the log of steps says: order, handoffs, times, rework, stages, variants, bottlenecks."""
