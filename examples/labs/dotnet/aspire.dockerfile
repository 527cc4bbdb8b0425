ARG SHAVE_FROM
FROM $SHAVE_FROM AS aspire

FROM debian:bullseye-slim
COPY --from=aspire /opt/aspire /opt/aspire
ENTRYPOINT ["/opt/aspire/node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire"]
CMD ["--version"]
