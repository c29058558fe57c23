resource "aws_kms_key" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      {
        Sid       = "Key"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
}

output "arn" {
  value = aws_kms_key.this.arn
}

output "id" {
  value = aws_kms_key.this.key_id
}
