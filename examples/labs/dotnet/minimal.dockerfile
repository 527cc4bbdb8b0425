ARG SHAVE_FROM
FROM mcr.microsoft.com/dotnet/sdk:3.1 AS build
ARG PROGRAM
ARG OPTIONS
WORKDIR /src
COPY $PROGRAM .
RUN dotnet publish -c Release -o /app $OPTIONS

FROM $SHAVE_FROM
WORKDIR /app
COPY --from=build /app .
ENV ASPNETCORE_URLS=http://+:8080
ENTRYPOINT ["./app"]
