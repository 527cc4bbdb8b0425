ARG SHAVE_FROM=mcr.microsoft.com/dotnet/runtime-deps:8.0
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
# NuGet gives crossgen2 to a program that wants to be compiled by it
RUN dotnet new console -o /any && dotnet restore /any -r linux-x64 -p:PublishReadyToRun=true
COPY composite.sh /
ARG FRAMEWORKS
RUN /composite.sh $FRAMEWORKS

FROM $SHAVE_FROM
COPY --from=build /composite /usr/share/dotnet
CMD ["/usr/share/dotnet/dotnet", "--list-runtimes"]
