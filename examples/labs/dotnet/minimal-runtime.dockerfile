ARG SHAVE_FROM
ARG RUNTIME
FROM mcr.microsoft.com/dotnet/$RUNTIME:3.1 AS runtime

FROM mcr.microsoft.com/dotnet/sdk:3.1 AS build
ARG PROGRAM
WORKDIR /src
COPY $PROGRAM .
RUN dotnet publish -c Release -o /app

FROM $SHAVE_FROM
COPY --from=runtime /usr/share/dotnet /usr/share/dotnet
WORKDIR /app
COPY --from=build /app .
ENV ASPNETCORE_URLS=http://+:8080
ENTRYPOINT ["./app"]
