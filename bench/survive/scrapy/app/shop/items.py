import scrapy
from itemloaders.processors import Join, MapCompose, TakeFirst
from scrapy.loader import ItemLoader


class Fruit(scrapy.Item):
    name = scrapy.Field()
    price = scrapy.Field()


class FruitLoader(ItemLoader):
    default_item_class = Fruit
    name_in = MapCompose(str.strip, str.title)
    name_out = Join(" ")
    price_out = TakeFirst()
