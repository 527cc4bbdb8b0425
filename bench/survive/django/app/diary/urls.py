from django.contrib import admin
from django.urls import path
from notes import views

urlpatterns = [
    path("", views.index),
    path("notes/", views.listing),
    path("notes.json", views.export),
    path("notes/<int:number>/", views.show),
    path("add", views.add),
    path("admin/", admin.site.urls),
]
