"""What is known of many messages at once."""

from smsops.reports.rollup_models import DailyFigure as DailyFigure
from smsops.reports.rollup_models import HourlyFigure as HourlyFigure
from smsops.reports.rollup_models import QueueReading as QueueReading
from smsops.reports.rollup_models import RollupState as RollupState
from smsops.reports.rollup_models import StaleDay as StaleDay
