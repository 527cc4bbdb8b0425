from django.core.management.base import BaseCommand
from notes.models import Note


class Command(BaseCommand):
    help = "Forget every note whose title begins so"

    def add_arguments(self, parser):
        parser.add_argument("start")

    def handle(self, start, **options):
        count, _ = Note.objects.filter(title__startswith=start).delete()
        self.stdout.write(f"forgot {count}")
