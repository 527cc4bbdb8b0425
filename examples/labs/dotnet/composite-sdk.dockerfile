ARG SHAVE_FROM
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS sdk
FROM $SHAVE_FROM
COPY --from=sdk /usr/share/dotnet/packs /usr/share/dotnet/packs
COPY --from=sdk /usr/share/dotnet/sdk /usr/share/dotnet/sdk
COPY --from=sdk /usr/share/dotnet/templates /usr/share/dotnet/templates
CMD ["/usr/share/dotnet/dotnet", "--info"]
