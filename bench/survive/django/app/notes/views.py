import zoneinfo

from django.core import serializers
from django.core.paginator import Paginator
from django.forms import modelform_factory
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from .models import Note


def index(request):
    return HttpResponse("django ok\n")


def listing(request):
    page = Paginator(Note.objects.order_by("written"), 2).get_page(request.GET.get("page"))
    return render(request, "notes/list.html", {"page": page})


def show(request, number):
    with timezone.override(zoneinfo.ZoneInfo(request.GET.get("zone", "UTC"))):
        return render(request, "notes/show.html", {"note": get_object_or_404(Note, pk=number)})


def export(request):
    return HttpResponse(serializers.serialize("json", Note.objects.all()), "application/json")


@csrf_exempt
def add(request):
    form = modelform_factory(Note, fields=["title", "written", "readers"])(request.POST)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    return JsonResponse({"id": form.save().pk})
