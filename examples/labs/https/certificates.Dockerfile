FROM {{ base }}
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/fetch /fetch
CMD ["/fetch"]
