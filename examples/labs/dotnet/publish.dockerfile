ARG SHAVE_FROM=scratch
FROM mcr.microsoft.com/dotnet/sdk:3.1 AS build
WORKDIR /src
COPY {{ program }} .
RUN dotnet publish -c Release -o /app {{ options }}
