"""What Dagster materializes, in the order of the data's way: snapshots, models, exports.

No postponed annotations in this folder: Dagster reads the parameters' types when it loads.
"""
