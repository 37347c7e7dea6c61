from . import outbox
from . import stock_picking
