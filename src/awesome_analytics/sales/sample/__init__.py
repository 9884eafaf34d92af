"""Sample shops of any size: believable, seeded, invented from the first name to the last cent."""

from awesome_analytics.sales.sample.load import SampleReport, load_sample
from awesome_analytics.sales.sample.plan import SamplePlan

__all__ = ["SamplePlan", "SampleReport", "load_sample"]
