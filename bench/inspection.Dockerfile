# 2.5 GB in 170 000 files, as images grow: a distribution, what two languages bring, a toolchain that nobody removed.
# bench/demo/build.py follows it for bench/inspection.py.
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates nodejs npm python3-pip
RUN mkdir app && cd app && npm install --ignore-scripts --no-audit --no-fund @angular/core @angular/material @babel/preset-env @mui/icons-material @mui/material @tabler/icons aws-sdk core-js date-fns eslint googleapis jest lodash monaco-editor next react react-dom rxjs three typescript webpack && rm -r /root/.npm
RUN pip install --break-system-packages --no-cache-dir botocore pandas plotly pyarrow scikit-learn scipy
RUN apt-get install -y --no-install-recommends golang-go && rm -r /var/lib/apt/lists
CMD ["node"]
