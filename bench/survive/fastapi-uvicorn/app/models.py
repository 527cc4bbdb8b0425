import datetime
import decimal
import uuid

from pydantic import BaseModel, Field


class Item(BaseModel):
    price: decimal.Decimal = Field(gt=0)
    made: datetime.date
    code: uuid.UUID | None = None


store: dict[str, Item] = {}
