FROM debian
# comment
ENV a=b \
  c=d
RUN <<EOF
line
EOF
CMD ["x"]
