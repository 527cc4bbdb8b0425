from scrapy.spiders import SitemapSpider


class MapSpider(SitemapSpider):
    name = "map"

    def __init__(self, site="http://localhost/", **kwargs):
        super().__init__(**kwargs)
        self.sitemap_urls = [site + "sitemap.xml.gz"]

    def parse(self, response):
        yield {"name": response.url.rsplit("/", 1)[1], "price": response.xpath("count(//li)").get()}
