import scrapy
from shop.items import FruitLoader


class FruitSpider(scrapy.Spider):
    """-a site=URL: every fruit of every page, by the links with rel=next."""

    name = "fruit"

    def __init__(self, site="http://localhost/", **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [site]

    def parse(self, response):
        for row in response.css("li.fruit"):
            loader = FruitLoader(selector=row)
            loader.add_css("name", "b::text")
            loader.add_xpath("price", "./i/text()", re=r"[\d.]+")
            yield loader.load_item()
        yield from response.follow_all(css="a[rel=next]", callback=self.parse)
