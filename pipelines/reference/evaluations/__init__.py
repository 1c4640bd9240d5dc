"""Own evaluations: the logs of each tool, and the rows of own_evaluation.csv that they become."""
