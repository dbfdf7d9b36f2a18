"""What is known of many messages at once."""

from smsops.reports.balances.runway_models import BalanceChange as BalanceChange
from smsops.reports.balances.runway_models import BalanceDay as BalanceDay
from smsops.reports.balances.runway_models import BalanceFollow as BalanceFollow
from smsops.reports.monthly.models import Adjustment as Adjustment
from smsops.reports.monthly.models import BookedFigure as BookedFigure
from smsops.reports.monthly.models import MonthClosing as MonthClosing
from smsops.reports.monthly.models import MonthReport as MonthReport
from smsops.reports.monthly.models import ReportSubscription as ReportSubscription
from smsops.reports.reach.models import ReachTrail as ReachTrail
from smsops.reports.reach.models import UnreachedContact as UnreachedContact
from smsops.reports.rollup_models import DailyFigure as DailyFigure
from smsops.reports.rollup_models import HourlyFigure as HourlyFigure
from smsops.reports.rollup_models import QueueReading as QueueReading
from smsops.reports.rollup_models import RollupState as RollupState
from smsops.reports.rollup_models import StaleDay as StaleDay
from smsops.reports.statements.models import Statement as Statement
from smsops.reports.statements.models import StatementLine as StatementLine
from smsops.reports.statements.models import StatementMapping as StatementMapping
