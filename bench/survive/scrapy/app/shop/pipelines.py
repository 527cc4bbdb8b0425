from scrapy.exceptions import DropItem


class Priced:
    def process_item(self, item):
        if not item.get("price"):
            raise DropItem(f"no price for {item['name']}")
        return item
