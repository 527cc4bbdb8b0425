from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=40)
    written = models.DateTimeField()
    readers = models.PositiveIntegerField(default=0)
