FROM {{ base }}
COPY --from=build /src/fetch /fetch
CMD ["/fetch"]
