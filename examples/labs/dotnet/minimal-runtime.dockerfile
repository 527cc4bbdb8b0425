ARG SHAVE_FROM
ARG RUNTIME
FROM mcr.microsoft.com/dotnet/$RUNTIME:3.1 AS runtime

FROM $SHAVE_FROM
COPY --from=runtime /usr/share/dotnet /usr/share/dotnet
