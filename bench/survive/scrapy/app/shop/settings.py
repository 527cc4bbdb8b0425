BOT_NAME = "shop"
SPIDER_MODULES = ["shop.spiders"]
NEWSPIDER_MODULE = "shop.spiders"
ROBOTSTXT_OBEY = True
RETRY_TIMES = 1
ITEM_PIPELINES = {"shop.pipelines.Priced": 300}
FEED_EXPORT_ENCODING = "utf-8"
