"""Tree to plan: resolve, check, lower, plan; pure functions, one file each."""
